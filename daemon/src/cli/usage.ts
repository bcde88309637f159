/** What the command line can do, as text: for people, and as the list of what may be meant by a misspelt word. */
import { priorities, taskKinds, toolIds } from '@task-router/protocol';
import { nearestKey } from '../config/known-keys.ts';

export const usage = `Usage: task-router <command>

  route "<task>"         route a task to the best model and stream the answer
      --file F[:from-to]   add a file, or lines of it, as context (repeatable)
      --kind K             ${taskKinds.join(' | ')}
      --priority P         ${priorities.join(' | ')} (default: interactive)
      --max-cost USD       never spend more than this on the task
      --allow-cloud        also use accounts that were merely found, this once
      --json               one event a line
  route --batch F        route the tasks of a file: JSON lines {prompt, id?, kind?, files?, …}
      --output R           where results go, one a line (default: F.results.jsonl); the same
                           command again goes on where it stopped
      --allow-cloud, --json
  explain [decision]     why a route was chosen (default: the last decision)
      --verify             decide again from the stored facts and compare
      --json
  feedback good|bad [decision]
                         grade an answer; the next choices learn from it
      --json
  health                 nodes, routes and the daemon
      --probe              ask every node first
      --json
  node drain|disable|enable|probe|undo N
                         take a node, or one route of it (node/model), out of use and back;
                         undo takes back what is being done to it, whoever did it
      --yes                also when no other usable route is left
      --dry-run            only say what would change
      --json
  history                what was spent and reached per route
      --since T            30d, 12h or a date (default 30d)
      --export F           every stored task instead: jsonl or csv (default since: ever)
      --clear              forget every ended task; asks first, --yes doesn't
      --json
  replay --policy F      decide stored tasks again under another policy, without calling a model
      --since T            30d, 12h or a date (default 30d)
      --json
  spend                  what was spent, against which budget, and how sure that is
      --json
  demo                   run the demo fleet: local scripted model servers
      --json               one line per server: {id, pid, url, …}
  drill                  where each kind of task would go when something fails; sends nothing
      --live               cause each failure in the demo fleet and route through it
      --allow-cloud        as if accounts that were merely found were confirmed
      --json
  connect [tool]         settings for another tool that is to ask the router, with a key of its own, and
                         whether they work: ${toolIds.join(' | ')}
      --key NAME           name of the key (default: the tool's)
      --replace            the tool has a key already: a new one with its limits; the old one ends
      --another            the same: one more, and both hold. Without either nothing is made or ended
      --try                also ask a model for a word
      --json
  keys                   keys of other tools
  keys create NAME       make one; it is shown once
      --budget USD         at most so much a day
      --local-only         only models on this machine
      --allow GLOB         only these routes, as node/model with * (repeatable)
  keys revoke ID         end one at once
      --json
  serve                  run the daemon in the foreground
      --idle-minutes N     leave after N minutes without a client (default 10, 0: never)
  stop                   ask the running daemon to end
  help [command]         this text, or one command's part of it

Files and folders named in a task are its context. Exit codes: 0 answered, 1 failed, 2 usage, 3 no eligible route,
4 a budget does not allow it, 5 not enough resources in time.`;

/** The parts of the text that tell of one command; null when there is no such command. */
export function usageOf(command: string): string | null {
  const lines = usage.slice(0, usage.lastIndexOf('\n\n')).split('\n');
  const heads = lines.map((line) => /^ {2}([a-z]+)\b/.exec(line)?.[1]);
  let current: string | undefined;
  const told = lines.filter((_, at) => {
    current = heads[at] ?? current;
    return current === command;
  });
  return told.length === 0 ? null : `Usage: task-router ${command}\n\n${told.join('\n')}`;
}

/** `; did you mean "route"?`: empty where nothing is close. */
export function commandMeant(typed: string): string {
  return meant(
    typed,
    [...usage.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name),
  );
}

/** The same for an option of one command. */
export function optionMeant(typed: string, command: string): string {
  return meant(
    typed,
    [...(usageOf(command) ?? '').matchAll(/--[a-z-]+/g)].map(([name]) => name),
  );
}

/** Half of the letters may be wrong; beyond that a guess only confuses. */
function meant(typed: string, known: readonly string[]): string {
  const { key, edits } = nearestKey(typed, known) ?? { key: '', edits: Infinity };
  return edits <= Math.max(1, typed.replace(/^-+/, '').length / 2) ? `; did you mean "${key}"?` : '.';
}
