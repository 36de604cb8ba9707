// The kernel's classic BPF machine as far as seccomp filters need it (linux/Documentation/networking/filter.rst): an oracle
// that knows nothing of how the filter was made.

/** A system call as the filter sees it. */
export interface Call {
  readonly architecture: number;
  readonly number: number;
  readonly arguments?: readonly number[];
}

/** Runs a filter. @returns what it answers @throws Error when it runs out of the program or meets an unknown code */
export function runFilter(program: Buffer, call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE(call.architecture, 4);
  for (const [i, value] of (call.arguments ?? []).entries()) data.writeBigInt64LE(BigInt(value), 16 + 8 * i);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    if (at * 8 >= program.length) throw new Error('it runs past its end');
    const operand = program.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean) => program[at * 8 + (holds ? 2 : 3)]!;
    switch (program.readUInt16LE(at * 8)) {
      case 0x20:
        accumulator = data.readUInt32LE(operand);
        break;
      case 0x15:
        at += jump(accumulator === operand);
        break;
      case 0x25:
        at += jump(accumulator > operand);
        break;
      case 0x35:
        at += jump(accumulator >= operand);
        break;
      case 0x45:
        at += jump((accumulator & operand) !== 0);
        break;
      case 0x06:
        return operand;
      default:
        throw new Error(`unknown code at ${at}`);
    }
  }
}
