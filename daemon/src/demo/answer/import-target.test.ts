import { expect, it } from 'vitest';
import { isImportOf } from './import-target.ts';

it.each([
  ['./units.ts', 'src/parcel.ts', 'src/units.ts', true],
  ['./units', 'src/parcel.ts', 'src/units.ts', true],
  ['./policy/index.ts', 'src/engine/index.ts', 'src/engine/policy/index.ts', true],
  ['./policy', 'src/engine/index.ts', 'src/engine/policy/index.ts', true],
  // The same name in another folder is another file.
  ['../model/policy.ts', 'src/filters/cost.ts', 'src/filters/policy.ts', false],
  ['./index.ts', 'src/a/b.ts', 'src/index.ts', false],
  ['shop.cart', 'src/main.py', 'src/shop/cart.py', true],
  ['shop/cart.h', 'src/main.cpp', 'src/shop/cart.h', true],
  ['@shop/protocol', 'src/main.ts', 'src/protocol.ts', false],
  ['node:fs', 'src/main.ts', 'src/fs.ts', false],
])('%s in %s is %s: %s', (name, from, to, expected) => expect(isImportOf(name, from, to)).toBe(expected));
