// Run the processor and let simulated time pass no faster than real time.
//
// Simulated time falls behind while the processor is busy, because it is emulated. What is lost is not caught up: a
// sleep that follows would otherwise be cut short.

const SLICE = 100_000; // cycles between two looks at sockets and signals
const LONGEST_NAP_MS = 5;
const SHORTEST_NAP_MS = 1; // setTimeout is no finer
const NANOS_PER_MS = 1e6;

export class Pace {
  constructor(board) {
    this.board = board;
    this.start = process.hrtime.bigint();
    this.behind = 0; // real minus simulated time, in ns
    this.nap = null;
  }

  // Simulated time starts at 0 again.
  restart() {
    this.behind = this.real();
  }

  // Go on at once: something has arrived for the board.
  wake() {
    if (this.nap) {
      clearTimeout(this.nap);
      this.nap = null;
      this.catchUp();
      setImmediate(() => this.turn());
    }
  }

  turn() {
    this.nap = null;
    const { board } = this;
    if (!board.waiting) {
      board.run(SLICE);
      this.behind = Math.max(this.behind, this.real() - board.clock.nanos);
    }
    this.rest(board.waiting ? this.untilAlarm() : this.ahead());
  }

  // Real time since the start in ns, as the board is to see it.
  now() {
    return this.real() - this.behind;
  }

  real() {
    return Number(process.hrtime.bigint() - this.start);
  }

  ahead() {
    return this.board.clock.nanos - this.now();
  }

  // How long until the next alarm is due; none at all counts as the longest nap.
  untilAlarm() {
    const { nextAlarm } = this.board.clock;
    return nextAlarm ? nextAlarm.nanos - this.now() : LONGEST_NAP_MS * NANOS_PER_MS;
  }

  rest(nanos) {
    const ms = nanos / NANOS_PER_MS;
    if (ms < SHORTEST_NAP_MS) {
      this.skipToAlarm();
      setImmediate(() => this.turn());
      return;
    }
    this.nap = setTimeout(() => {
      this.catchUp();
      this.turn();
    }, Math.min(ms, LONGEST_NAP_MS));
  }

  // Time passes for a processor that waits.
  catchUp() {
    const { board } = this;
    if (board.waiting) {
      board.clock.tick(Math.max(0, this.now() - board.clock.nanos));
    }
  }

  skipToAlarm() {
    const { clock, waiting } = this.board;
    if (waiting && clock.nextAlarm) {
      clock.tick(Math.max(0, clock.nextAlarm.nanos - clock.nanos));
    }
  }
}
