// Instructions of the kernel's classic BPF machine (linux/Documentation/networking/filter.rst), as far as we write programs
// for it. Pure.

/** One instruction, struct sock_filter: code, jump if true, jump if false, operand. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/** Most instructions of a program, BPF_MAXINSNS. */
export const MAX_INSTRUCTIONS = 4096;
/** Bytes of one instruction. */
export const INSTRUCTION_BYTES = 8;

/** linux/bpf_common.h, linux/filter.h: load a word at an offset into A; jumps; return the operand. */
export const LOAD = 0x20;
export const JUMP_ALWAYS = 0x05;
export const JUMP_EQUAL = 0x15;
export const JUMP_GREATER = 0x25;
export const JUMP_NOT_LESS = 0x35;
export const JUMP_ANY_BIT = 0x45;
export const RETURN = 0x06;
/** Words of memory: A into one, one into A. */
export const STORE = 0x02;
export const LOAD_STORED = 0x60;
/** A into X; A ^= X; arithmetic of A with the operand, in 32 bits. */
export const COPY_TO_X = 0x07;
export const XOR_X = 0xac;
export const XOR = 0xa4;
export const SUBTRACT = 0x14;
export const MULTIPLY = 0x24;
export const SHIFT_RIGHT = 0x74;

/** Makes the program: an array of struct sock_filter. */
export function encodeProgram(program: readonly Instruction[]): Buffer {
  const bytes = Buffer.alloc(program.length * INSTRUCTION_BYTES);
  for (const [i, [code, ifTrue, ifFalse, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, i * INSTRUCTION_BYTES);
    bytes[i * INSTRUCTION_BYTES + 2] = ifTrue;
    bytes[i * INSTRUCTION_BYTES + 3] = ifFalse;
    bytes.writeUInt32LE(operand >>> 0, i * INSTRUCTION_BYTES + 4);
  }
  return bytes;
}
