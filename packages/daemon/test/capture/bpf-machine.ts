// The kernel's classic BPF machine as far as our programs need it (linux/Documentation/networking/filter.rst): an oracle
// that knows nothing of how they were made.

/** A system call as the filter sees it. */
export interface Call {
  readonly architecture: number;
  readonly number: number;
  readonly arguments?: readonly number[];
}

/** A packet as a filter of a socket sees it: its EtherType, and its bytes from the network header on. */
export interface FilteredPacket {
  readonly etherType: number;
  /** ARPHRD_… of its link; Ethernet where nothing is said. */
  readonly linkType?: number;
  /** PACKET_…; to us where nothing is said. */
  readonly packetType?: number;
  readonly network: Uint8Array;
}

/** Runs a filter of system calls. @returns what it answers @throws Error as {@link runProgram} */
export function runFilter(program: Buffer, call: Call): number {
  const data = Buffer.alloc(64);
  data.writeUInt32LE(call.number >>> 0, 0);
  data.writeUInt32LE(call.architecture, 4);
  for (const [i, value] of (call.arguments ?? []).entries()) data.writeBigInt64LE(BigInt(value), 16 + 8 * i);
  return runProgram(program, (offset) => data.readUInt32LE(offset));
}

/** Runs a filter of packets. @returns what it answers; 0 when it reads beyond the packet @throws Error as {@link runProgram} */
export function runPacketFilter(program: Buffer, packet: FilteredPacket): number {
  const { etherType, linkType = 1, packetType = 0, network } = packet;
  const bytes = Buffer.from(network);
  return runProgram(program, (offset) => {
    if (offset === 0xfffff000) return etherType;
    if (offset === 0xfffff004) return packetType;
    if (offset === 0xfffff01c) return linkType;
    const at = offset - 0xfff00000;
    if (at < 0) throw new Error(`a place that is none: ${offset}`);
    return at + 4 <= bytes.length ? bytes.readUInt32BE(at) : undefined;
  });
}

/**
 * @param load the word at an offset; undefined ends the program with 0
 * @throws Error when it runs out of the program, reads memory that was not written, or meets an unknown code
 */
function runProgram(program: Buffer, load: (offset: number) => number | undefined): number {
  let [accumulator, x] = [0, 0];
  const memory: (number | undefined)[] = Array(16);
  for (let at = 0; ; at++) {
    if (at * 8 >= program.length) throw new Error('it runs past its end');
    const operand = program.readUInt32LE(at * 8 + 4);
    const jump = (holds: boolean) => program[at * 8 + (holds ? 2 : 3)]!;
    switch (program.readUInt16LE(at * 8)) {
      case 0x20: {
        const word = load(operand);
        if (word === undefined) return 0;
        accumulator = word;
        break;
      }
      case 0x60: {
        const word = memory[operand];
        if (word === undefined) throw new Error(`memory that was not written, at ${at}`);
        accumulator = word;
        break;
      }
      case 0x02:
        if (operand >= memory.length) throw new Error(`no such memory, at ${at}`);
        memory[operand] = accumulator;
        break;
      case 0x07:
        x = accumulator;
        break;
      case 0x24:
        accumulator = Number((BigInt(accumulator) * BigInt(operand)) & 0xffffffffn);
        break;
      case 0x14:
        accumulator = (accumulator - operand) >>> 0;
        break;
      case 0x74:
        accumulator >>>= operand;
        break;
      case 0xa4:
        accumulator = (accumulator ^ operand) >>> 0;
        break;
      case 0xac:
        accumulator = (accumulator ^ x) >>> 0;
        break;
      case 0x05:
        at += operand;
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
