/**
 * Flip points as sentences. Amounts are rounded to three figures away from the value of now, so that what a sentence
 * says still changes the choice.
 */
import { wordTokens, wordUsd } from '../words.ts';
import type { FlipFactor, FlipPoint } from './flip-point.ts';

type Told = Pick<FlipPoint, 'factor' | 'of' | 'from' | 'to' | 'becomes'>;

/** Below this an amount of money is nothing, and what is more than nothing is anything. */
const leastUsd = 1e-9;

/** One sentence: what becomes chosen, and at what amount, beside the amount of now. */
export function flipSentence(flip: Told): string {
  const { factor, of, from, to, becomes } = flip;
  const isMore = from === null ? becomes !== of : to > from;
  const whose = of === becomes ? 'it' : (of ?? '');
  const bounded = `${isMore ? 'at least' : 'at most'} ${wordAmount(factor, rounded(to, isMore))}`;
  const now = from === null ? 'unknown now' : `now ${wordAmount(factor, Number(from.toPrecision(3)))}`;
  return `${becomes} would be chosen ${condition(factor, whose, amountOf(flip, isMore) ?? bounded)} (${now}).`;
}

/** Where a bound would read oddly. */
function amountOf({ factor, to }: Told, isMore: boolean): string | null {
  if (factor.startsWith('weight.') && (to === 0 || to === 1)) return String(to);
  if (factor !== 'price' || to >= leastUsd) return null;
  return isMore ? 'anything at all' : 'nothing';
}

function condition(factor: FlipFactor, whose: string, amount: string): string {
  switch (factor) {
    case 'price':
      return `if ${whose} cost ${amount}`;
    case 'firstToken':
      return `if ${whose} took ${amount} to the first token of a usual prompt`;
    case 'speed':
      return `if ${whose} wrote ${amount} a second`;
    case 'quality':
      return `if ${whose} did this kind of task well with a chance of ${amount}`;
    case 'promptTokens':
      return `if the prompt had ${amount}`;
    case 'weight.capability':
    case 'weight.performance':
    case 'weight.resources':
    case 'weight.history':
      return `if the weight of ${factor.slice('weight.'.length)} were ${amount}`;
  }
}

function wordAmount(factor: FlipFactor, amount: number): string {
  switch (factor) {
    case 'price':
      return amount === 0 || amount >= 0.1 ? wordUsd(amount) : `$${plain(amount)}`;
    case 'firstToken':
      return `${plain(amount / 1000)} s`;
    case 'speed':
      return `${plain(amount)} tokens`;
    case 'promptTokens':
      return `${wordTokens(amount)} tokens`;
    default:
      return plain(amount);
  }
}

/** Three figures, rounded up or down; what is whole stays. */
function rounded(value: number, up: boolean): number {
  if (!(value > 1e-12) || Number.isInteger(value)) return value;
  const scale = 10 ** (2 - Math.floor(Math.log10(value)));
  const figures = up ? Math.ceil(value * scale) : Math.floor(value * scale);
  return Number((figures / scale).toPrecision(3));
}

/** Without an exponent for any amount that is shown. */
function plain(amount: number): string {
  if (amount >= 1e6) return wordTokens(amount);
  return amount > 0 && amount < 1e-6
    ? amount.toFixed(12).replace(/0+$/, '')
    : String(Number(amount.toPrecision(3)));
}
