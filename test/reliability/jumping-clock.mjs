// Given to Node as --import, it sets the clock of the wall a day forward or back, in every thread, again and again.
// It changes what `Date` tells, which is all that a process can see of a clock that was set: what measures time
// (`performance.now`, timers) goes by the monotonic clock, and so it stays.

const DAY_MS = 86_400_000;
const EVERY_MS = 50;

const WallDate = Date;
const now = () => WallDate.now() + DAY_MS * ((Math.floor(performance.now() / EVERY_MS) % 3) - 1);

globalThis.Date = class JumpingDate extends WallDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }

  static now() {
    return now();
  }
};
