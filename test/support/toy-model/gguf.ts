/**
 * Writes a GGUF file (version 3, little-endian), the format llama.cpp loads models from: header, metadata, descriptions of
 * the tensors, and their numbers, each tensor padded to 32 bytes. Only the types that the toy models need.
 */

export type GgufValue =
  | { readonly type: 'u32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'f32s' | 'i32s'; readonly value: readonly number[] };

export interface GgufTensor {
  readonly name: string;
  /** The first dimension is the one whose numbers lie next to each other. */
  readonly dimensions: readonly number[];
  readonly numbers: Float32Array;
}

const alignment = 32;
const typeCodes = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const;

/** The whole file. Throws on a name that is used twice: the engine would end the process over it. */
export function writeGguf(
  metadata: readonly (readonly [key: string, value: GgufValue])[],
  tensors: readonly GgufTensor[],
): Buffer {
  for (const names of [metadata.map(([key]) => key), tensors.map(({ name }) => name)]) {
    if (new Set(names).size !== names.length) throw new Error('a key or tensor is there twice');
  }
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(metadata.length),
    ...metadata.flatMap(([key, value]) => [text(key), valueBytes(value)]),
    ...descriptions(tensors),
  ]);
  return Buffer.concat([padded(head), ...tensors.map(({ numbers }) => padded(f32s(numbers)))]);
}

function descriptions(tensors: readonly GgufTensor[]): Buffer[] {
  let offset = 0;
  return tensors.map(({ name, dimensions, numbers }) => {
    const at = offset;
    offset += Math.ceil((numbers.length * 4) / alignment) * alignment;
    // 0: plain 32-bit numbers.
    return Buffer.concat([text(name), u32(dimensions.length), ...dimensions.map(u64), u32(0), u64(at)]);
  });
}

function valueBytes(given: GgufValue): Buffer {
  switch (given.type) {
    case 'u32':
      return Buffer.concat([u32(typeCodes.u32), u32(given.value)]);
    case 'f32':
      return Buffer.concat([u32(typeCodes.f32), f32s([given.value])]);
    case 'bool':
      return Buffer.concat([u32(typeCodes.bool), Buffer.from([given.value ? 1 : 0])]);
    case 'string':
      return Buffer.concat([u32(typeCodes.string), text(given.value)]);
    case 'strings':
      return array(typeCodes.string, given.value.map(text));
    case 'f32s':
      return array(typeCodes.f32, [f32s(given.value)], given.value.length);
    case 'i32s':
      return array(typeCodes.i32, given.value.map(i32));
  }
}

function array(elementType: number, elements: readonly Buffer[], count = elements.length): Buffer {
  return Buffer.concat([u32(typeCodes.array), u32(elementType), u64(count), ...elements]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function i32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function f32s(values: Iterable<number>): Buffer {
  const numbers = Float32Array.from(values);
  return Buffer.from(numbers.buffer);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((alignment - (bytes.length % alignment)) % alignment)]);
}
