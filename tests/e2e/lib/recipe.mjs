// The seed recipe, as the page must show it.

/** Trainable parameters. */
export const PARAMS = 93_322;

/** What the row of every layer says, first to last. */
export const LAYERS = [
  /Conv2D/,
  /MaxPooling2D/,
  /Conv2D/,
  /MaxPooling2D/,
  /Conv2D/,
  /Flatten/,
  /Dense/,
  /Dense/,
];
