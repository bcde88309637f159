/**
 * What a model is expected to cost on a task of a class, in US dollars. Measured money counts; where the question names
 * prices, measured tokens at those prices, because prices change and habits of length do not.
 */
import type { CostCell } from './fit-table.ts';
import type { Prices } from './rows.ts';

/** Tokens of a usual answer, for a model that was never measured. */
const usualTokens = { input: 400, output: 900 };

/** null: neither measured nor priced. */
export function expectedUsd(cell: CostCell | null, prices: Prices | null): number | null {
  if (prices === null) return cell?.meanUsd ?? null;
  const tokens = cell?.tokensTotal ?? null;
  return cell === null || tokens === null
    ? (cell?.meanUsd ?? atPrices(usualTokens, prices))
    : atPrices(tokensOf(cell, tokens, prices), prices);
}

/** What the models of a class use on average: for a model that was never measured. null: nobody's tokens are known. */
export function typicalCell(cells: readonly CostCell[]): CostCell | null {
  const told = cells.flatMap(({ tokens, tokensTotal }) =>
    tokensTotal === null ? [] : [{ tokens, tokensTotal }],
  );
  const split = told.flatMap(({ tokens }) => tokens ?? []);
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  if (told.length === 0) return null;
  return {
    rows: 0,
    meanUsd: null,
    tokensTotal: mean(told.map(({ tokensTotal }) => tokensTotal)),
    tokens:
      split.length === 0
        ? null
        : { input: mean(split.map(({ input }) => input)), output: mean(split.map(({ output }) => output)) },
  };
}

/** Price level of a model, US dollars per million tokens; only its order of magnitude matters. null: unknown. */
export function priceLevel(cell: CostCell | null, prices: Prices | null): number | null {
  if (prices !== null) return (prices.inputPerMTok + prices.outputPerMTok) / 2;
  const [usd, tokens] = [cell?.meanUsd ?? null, cell?.tokensTotal ?? 0];
  return usd === null || tokens <= 0 ? usd : (1e6 * usd) / tokens;
}

/** Where tokens were only counted together, the split that agrees best with the money paid. */
function tokensOf(
  { tokens, meanUsd }: CostCell,
  tokensTotal: number,
  { inputPerMTok, outputPerMTok }: Prices,
): { input: number; output: number } {
  const told = tokens === null ? null : tokens.output / Math.max(1e-9, tokens.input + tokens.output);
  const paid =
    meanUsd === null || tokensTotal <= 0 || outputPerMTok <= inputPerMTok
      ? 0.5
      : ((1e6 * meanUsd) / tokensTotal - inputPerMTok) / (outputPerMTok - inputPerMTok);
  const share = told ?? Math.min(1, Math.max(0, paid));
  return { input: tokensTotal * (1 - share), output: tokensTotal * share };
}

function atPrices(tokens: { input: number; output: number }, prices: Prices): number {
  return (tokens.input * prices.inputPerMTok + tokens.output * prices.outputPerMTok) / 1e6;
}
