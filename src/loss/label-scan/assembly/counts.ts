/** The counts of all blocks since `resetCounts`. */
export let ignored: i32 = 0;
export let background: i32 = 0;
export let positives: i32 = 0;

export function resetCounts(): void {
  ignored = 0;
  background = 0;
  positives = 0;
}

@inline
export function addCounts(ofIgnored: i32, ofBackground: i32, ofPositives: i32): void {
  ignored += ofIgnored;
  background += ofBackground;
  positives += ofPositives;
}
