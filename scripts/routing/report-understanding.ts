/** How often the kind of a request is understood that nothing was trained on; by the shipped weights. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { createUnderstander } from './engine.ts';
import { loadRoutingModel } from '../../daemon/src/routing-model/index.ts';
import { fixed, type ReportPart } from './report-form.ts';

const fixture = join(import.meta.dirname, '../../test/fixtures/messy-prompts.json');
const fixtureSchema = z.object({
  about: z.string(),
  prompts: z.array(z.object({ kind: z.string(), group: z.enum(['looked', 'kept']), prompt: z.string() })),
});
type Messy = z.infer<typeof fixtureSchema>['prompts'][number];

export function understandingPart(): ReportPart {
  const { prompts } = fixtureSchema.parse(JSON.parse(readFileSync(fixture, 'utf8')));
  const understander = createUnderstander(loadRoutingModel().understanding);
  const isRight = ({ kind, prompt }: Messy) => understander.understand({ prompt }).kind === kind;
  const kinds = [...new Set(prompts.map(({ kind }) => kind))].sort();
  const score = (of: readonly Messy[]) => ({ right: of.filter(isRight).length, rows: of.length });
  const lines = ['all', ...kinds].map((name) => {
    const own = prompts.filter(({ kind }) => name === 'all' || kind === name);
    return {
      name,
      kept: score(own.filter(({ group }) => group === 'kept')),
      looked: score(own.filter(({ group }) => group === 'looked')),
    };
  });
  const cell = ({ right, rows }: { right: number; rows: number }) =>
    `${right} of ${rows}${rows > 20 ? ` (${fixed((100 * right) / rows, 1)} %)` : ''}`;
  return {
    name: 'understanding',
    title: 'Understanding: the kind of messy requests',
    about:
      `${prompts.length} requests as developers type them, written by hand for this and never trained on ` +
      '(test/fixtures/messy-prompts.json). Errors of one half were looked at while rules and examples were mended; the other ' +
      'half was only scored, and is the figure to believe.',
    tables: [
      {
        head: ['kind', 'kept apart', 'looked at'],
        rows: lines.map(({ name, kept, looked }) => [name, cell(kept), cell(looked)]),
      },
    ],
    notes: ['Always answering the most frequent kind would be right for 18 %.'],
    figures: lines,
  };
}
