/**
 * What editors hear of the calls of other tools: gathered for a moment, and then told together. A tool may make hundreds of
 * calls a second, and must not wait for cards that nobody could look at so fast: a call that began and ended
 * within one moment is told only if it is among the newest, as many as a window keeps. The history has them all.
 */
import { keptTasks, type RouterEvent } from '@task-router/protocol';
import type { Logger } from '../../platform/logger.ts';
import type { DecisionRecord } from '../../store/records.ts';
import type { Store } from '../../store/store.ts';
import { decisionView } from '../views/decision-view.ts';

/** Hardly noticed by who looks, and long enough that cards cost little however many calls there are. */
const gatherMs = 200;

export interface OutsideNewsOptions {
  readonly store: Pick<Store, 'committed'>;
  readonly log: Logger;
  /** Whether there is an editor. */
  readonly isHeard: () => boolean;
  readonly tell: (event: RouterEvent) => void;
}

/** The card is made when it is told. */
type News = RouterEvent | { readonly type: 'decided'; readonly record: DecisionRecord };

interface TaskNews {
  readonly news: News[];
  hasBegun: boolean;
  hasEnded: boolean;
}

export class OutsideNews {
  readonly #options: OutsideNewsOptions;
  /** By task, in the order in which they were first heard of. */
  #gathered = new Map<string, TaskNews>();
  #timer: NodeJS.Timeout | null = null;
  #telling: Promise<void> = Promise.resolve();

  constructor(options: OutsideNewsOptions) {
    this.#options = options;
  }

  get isHeard(): boolean {
    return this.#options.isHeard();
  }

  /** The text of an answer is the tool's own. */
  emit(event: RouterEvent): void {
    if (event.type === 'delta' || !this.isHeard) return;
    if (event.type === 'taskStarted') this.#gather(event.task.taskId, event).hasBegun = true;
    else if (!('taskId' in event)) this.#options.tell(event);
    else {
      const task = this.#gather(event.taskId, event);
      task.hasEnded ||= event.type === 'outcome' || event.type === 'error';
    }
  }

  decided(record: DecisionRecord): void {
    if (this.isHeard) this.#gather(record.taskId, { type: 'decided', record });
  }

  /** Tasks that have ended are forgotten: what was not told of them yet will not be. */
  forget(): void {
    for (const [taskId, { hasEnded }] of this.#gathered) if (hasEnded) this.#gathered.delete(taskId);
  }

  /** Tells what has gathered. Never rejects. */
  flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const gathered = this.#gathered;
    this.#gathered = new Map();
    return (this.#telling = this.#telling.then(() => this.#tellAll(gathered)));
  }

  #gather(taskId: string, news: News): TaskNews {
    let task = this.#gathered.get(taskId);
    if (task === undefined) {
      task = { news: [], hasBegun: false, hasEnded: false };
      this.#gathered.set(taskId, task);
    }
    task.news.push(news);
    this.#timer ??= setTimeout(() => void this.flush(), gatherMs);
    return task;
  }

  /** Whoever saw a card can ask for its decision, also after the daemon was killed. */
  async #tellAll(gathered: ReadonlyMap<string, TaskNews>): Promise<void> {
    try {
      await this.#options.store.committed();
      for (const { news } of worthTelling([...gathered.values()]))
        for (const each of news) this.#options.tell(eventOf(each));
    } catch (error) {
      this.#options.log.error('calls of other tools could not be told', { error });
    }
  }
}

function worthTelling(tasks: readonly TaskNews[]): readonly TaskNews[] {
  const brief = tasks.filter(({ hasBegun, hasEnded }) => hasBegun && hasEnded);
  const surplus = new Set(brief.slice(0, Math.max(0, brief.length - keptTasks)));
  return tasks.filter((task) => !surplus.has(task));
}

function eventOf(news: News): RouterEvent {
  if (news.type !== 'decided') return news;
  const { record } = news;
  return { type: 'decision', taskId: record.taskId, decision: decisionView(record) };
}
