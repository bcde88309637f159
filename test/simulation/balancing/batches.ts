/** Batches of real call lengths: how often the target is reached or proven out of reach, and how often a loop never ends. */
import { optimizeDistribution } from '@task-router/daemon/engine';
import { Randomness } from '../base/randomness.ts';
import { loopEnds } from './specification-loop.ts';
import { loadTrace } from './traces.ts';
import { lawS } from './world.ts';

const batches = 300;
const nodeCounts = [3, 5, 8] as const;
const perNode = [1, 2, 3, 4, 6, 12] as const;

/** Percent of batches per size, in the order of `perNode`, worded for one line of the report. */
export function measureLoop(): Record<string, string> {
  const lengths = loadTrace('claude-code').map((call) => lawS(call, call.cached));
  return Object.fromEntries(
    nodeCounts.flatMap((nodes) => {
      const cells = perNode.map((each) => cell(nodes, nodes * each, lengths));
      const line = (pick: (found: Cell) => number) =>
        cells.map((found) => Math.round((100 * pick(found)) / batches)).join(' / ');
      return [
        [`batches on ${nodes} nodes, % proven infeasible`, line(({ infeasible }) => infeasible)],
        [`batches on ${nodes} nodes, % reaching the target`, line(({ reached }) => reached)],
        [
          `batches on ${nodes} nodes, % where the specification's loop never ends`,
          line(({ endless }) => endless),
        ],
      ];
    }),
  );
}

interface Cell {
  infeasible: number;
  reached: number;
  endless: number;
}

function cell(nodes: number, tasks: number, lengths: readonly number[]): Cell {
  const random = new Randomness(nodes * 1_000 + tasks);
  const found: Cell = { infeasible: 0, reached: 0, endless: 0 };
  const routes = Array.from({ length: nodes }, (_, at) => ({ routeId: String(at), speed: 1, busyMs: 0 }));
  for (let batch = 0; batch < batches; batch += 1) {
    const work = Array.from({ length: tasks }, () => lengths[random.index(lengths.length)]!);
    const given = work.map((workMs, at) => ({ taskId: String(at), workMs }));
    const { status } = optimizeDistribution(given, routes);
    found.infeasible += status === 'provenInfeasible' ? 1 : 0;
    found.reached += status === 'reachedTarget' ? 1 : 0;
    found.endless += loopEnds(work, nodes) ? 0 : 1;
  }
  return found;
}
