/** The class of the largest of the row's numbers, the first one of several. */
export function topOf(row: usize, classes: u32): u32 {
  let largest = load<f64>(row);
  let top: u32 = 0;
  for (let c: u32 = 1; c < classes; c++) {
    const value = load<f64>(row + (usize(c) << 3));
    if (value > largest) {
      largest = value;
      top = c;
    }
  }
  return top;
}
