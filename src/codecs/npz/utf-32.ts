/** Text as code points, as numpy's strings have it. */
export function writeUtf32(text: string): Uint32Array {
  const points = new Uint32Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at)!;
    points[length++] = point;
    if (point > 0xffff) at++; // It takes two places.
  }
  return points.subarray(0, length);
}
