// A finger.

/** A finger's way over the window, through the browser's own gesture recognition. */
export async function swipe(page, points) {
  const devtools = await page.context().newCDPSession(page);
  const touch = (type, at) =>
    devtools.send('Input.dispatchTouchEvent', { type, touchPoints: at ? [{ x: at[0], y: at[1] }] : [] });
  await touch('touchStart', points[0]);
  for (const point of points.slice(1)) await touch('touchMove', point);
  await touch('touchEnd');
  await page.waitForTimeout(300);
}
