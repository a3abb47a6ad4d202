// The seed recipe, as the page must show it.

/** Trainable parameters. */
export const PARAMS = 93_322;

/** Keras's name and output shape of every layer, first to last. */
export const LAYERS = [
  ['conv2d', '26x26x32'],
  ['max_pooling2d', '13x13x32'],
  ['conv2d_1', '11x11x64'],
  ['max_pooling2d_1', '5x5x64'],
  ['conv2d_2', '3x3x64'],
  ['flatten', '576'],
  ['dense', '64'],
  ['dense_1', '10'],
];
