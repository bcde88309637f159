/**
 * `npm run -s simulate -- balancing --json | node scripts/balancing-picture.ts`: draws what the simulation measured, time
 * against money on the coding sessions, into docs/algorithms/balancing.svg, and writes the table of
 * docs/algorithms/balancing.md. The same figures give the same bytes.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const rowSchema = z.object({
  ...{ trace: z.string(), policy: z.string(), load: z.number().nullable() },
  ...{ meanS: z.number(), p95S: z.number(), p99S: z.number(), cost: z.number() },
  ...{ p95Ratio: z.number(), interval: z.string(), off: z.number().nullable() },
});
type Row = z.infer<typeof rowSchema>;

const folder = join(import.meta.dirname, '../docs/algorithms');
const { rows } = z.object({ rows: z.array(rowSchema) }).parse(JSON.parse(readFileSync(0, 'utf8')));
const coding = rows.filter(({ trace, load }) => trace === 'claude-code' && load === 0.03);

writeFileSync(join(folder, 'balancing.svg'), picture(coding));
const page = join(folder, 'balancing.md');
const [before = '', after = ''] = readFileSync(page, 'utf8').split(/<!-- table -->[^]*<!-- \/table -->/);
writeFileSync(page, `${before}<!-- table -->\n\n${tables(rows)}\n<!-- /table -->${after}`);

function tables(all: readonly Row[]): string {
  const scenes = [...Map.groupBy(all, ({ trace, load }) => `${trace}${load === null ? '' : `, ${load}/s`}`)];
  return scenes
    .map(([scene, of]) =>
      [
        `### ${scene}\n`,
        '| policy | mean s | p95 s | p99 s | cost | p95, ours over it | off the reference |',
        '| --- | ---: | ---: | ---: | ---: | --- | ---: |',
        ...of.map(
          (row) =>
            `| ${row.policy === 'ours' ? '**ours**' : row.policy} | ${row.meanS.toFixed(2)} | ${row.p95S.toFixed(1)} | ` +
            `${row.p99S.toFixed(1)} | ${row.cost.toFixed(3)} | ${row.p95Ratio.toFixed(3)} (${row.interval}) | ` +
            `${row.off === null ? '' : `${(100 * row.off).toFixed(1)} %`} |`,
        ),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** A dot per policy: its p95 to the right, its cost upwards. */
function picture(of: readonly Row[]): string {
  const [width, height, left, bottom] = [760, 420, 60, 50];
  const most = { p95S: 70, cost: 0.8 };
  const least = { p95S: 20 };
  const x = ({ p95S }: Row) =>
    left + ((Math.min(p95S, most.p95S) - least.p95S) / (most.p95S - least.p95S)) * (width - left - 150);
  const y = ({ cost }: Row) => height - bottom - (cost / most.cost) * (height - bottom - 20);
  const label = (row: Row, dy: number) =>
    `<text x="${(x(row) + 8).toFixed(1)}" y="${(y(row) + dy).toFixed(1)}"${row.policy === 'ours' ? ' font-weight="bold"' : ''}>${row.policy}${row.p95S > most.p95S ? ` (${row.p95S.toFixed(0)} s)` : ''}</text>`;
  const dots = spread(of, x, y).map(
    ({ row, dy }) =>
      `<circle cx="${x(row).toFixed(1)}" cy="${y(row).toFixed(1)}" r="${row.policy === 'ours' ? 6 : 4}" ` +
      `fill="${row.policy === 'ours' ? '#0a7d33' : '#5c6b7a'}"/>${label(row, dy)}`,
  );
  const ticks = [20, 30, 40, 50, 60, 70].map((p95S) => {
    const at = left + ((p95S - least.p95S) / (most.p95S - least.p95S)) * (width - left - 150);
    return `<text x="${at.toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${p95S} s</text>`;
  });
  const costs = [0, 0.2, 0.4, 0.6, 0.8].map((cost) => {
    const at = height - bottom - (cost / most.cost) * (height - bottom - 20);
    return `<text x="${left - 8}" y="${(at + 4).toFixed(1)}" text-anchor="end">${cost}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11" role="img">`,
    '<title>p95 of the completion time against cost on coding sessions, 0.03 a second</title>',
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<path d="M${left} 10V${height - bottom}H${width - 20}" fill="none" stroke="#8a949e"/>`,
    ...[...ticks, ...costs, ...dots],
    `<text x="${(width / 2).toFixed(0)}" y="${height - 8}" text-anchor="middle">p95 of the completion time</text>`,
    `<text transform="translate(14 ${(height / 2).toFixed(0)}) rotate(-90)" text-anchor="middle">cost, 1 = no caching</text>`,
    '</svg>\n',
  ].join('\n');
}

/** Labels that would cover each other move apart. */
function spread(
  of: readonly Row[],
  x: (row: Row) => number,
  y: (row: Row) => number,
): { row: Row; dy: number }[] {
  const taken: { x: number; y: number }[] = [];
  return [...of]
    .sort((a, b) => a.p95S - b.p95S)
    .map((row) => {
      const isTaken = (dy: number) =>
        taken.some((at) => Math.abs(at.y - y(row) - dy) < 11 && Math.abs(at.x - x(row)) < 170);
      const dy = [4, -8, 16, -20, 28, -32, 40, -44, 52, -56].find((each) => !isTaken(each)) ?? 4;
      taken.push({ x: x(row), y: y(row) + dy });
      return { row, dy };
    });
}
