/** A small project to route tasks over: few lines, so that it fits into a picture, but code that does something. */
/** Files by their path in the folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

export const cart = `/** A shopping cart: adds prices and applies a discount. */
import { round } from './money.ts';

export interface Item {
  readonly name: string;
  readonly priceUsd: number;
}

export function total(items: readonly Item[]): number {
  return round(items.reduce((sum, item) => sum + item.priceUsd, 0));
}

export function discounted(items: readonly Item[], share: number): number {
  return round(total(items) * (1 - share));
}
`;

export const project: Files = {
  'src/cart.ts': cart,
  'src/money.ts': `/** Amounts of money. */
export function round(amountUsd: number): number {
  return Math.round(amountUsd * 100) / 100;
}
`,
};
