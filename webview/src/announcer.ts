/**
 * Says aloud, through a live region, what a reader can't see at once: the route that was chosen, a failover, the outcome.
 * Throttled, because a screen reader that is fed faster than it speaks says nothing useful.
 */
import { failureWords } from '@task-router/protocol/words';
import type { RouterEvent, Snapshot } from '@task-router/protocol';
import { formatDuration } from './format.ts';
import { phaseSigns, routeLabel } from './state/selectors.ts';

/** Between two announcements. */
const quietMs = 1_500;
/** Of several that came meanwhile, the last ones matter. */
const keptSentences = 3;

export class Announcer {
  readonly #region: HTMLElement;
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `region` is an element with `aria-live`, already in the page. */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  say(sentence: string): void {
    this.#waiting = [...this.#waiting, sentence].slice(-keptSentences);
    if (this.#timer !== null) return;
    this.#flush();
  }

  #flush(): void {
    this.#timer = null;
    if (this.#waiting.length === 0) return;
    this.#region.textContent = this.#waiting.join(' ');
    this.#waiting = [];
    this.#timer = setTimeout(() => this.#flush(), quietMs);
  }
}

/** What to say about an event; null for what needs no words. `after` is the snapshot that includes it. */
export function sentenceFor(event: RouterEvent, after: Snapshot): string | null {
  if (!('taskId' in event)) return null;
  const task = after.tasks.find(({ taskId }) => taskId === event.taskId);
  if (task === undefined) return null;
  switch (event.type) {
    case 'decision': {
      const { route, summary } = event.decision;
      return route === null ? 'No eligible route.' : `Routed to ${routeLabel(task, route)}. ${summary}`;
    }
    case 'transition': {
      const { from, to, cause, mode } = event.transition;
      const how = mode === 'restart' ? 'answers from the start' : 'continues';
      return `${routeLabel(task, from)} failed: ${failureWords[cause]}. ${routeLabel(task, to)} ${how}.`;
    }
    case 'outcome':
      return `${phaseSigns[event.outcome.status].text} in ${formatDuration(event.outcome.timings.totalMs)}.`;
    case 'error':
      return `Error: ${event.error.message}`;
    case 'queued':
      return event.queue === null
        ? null
        : `Waiting in line, place ${event.queue.position} of ${event.queue.waiting}.`;
    case 'question':
      return event.question === null ? null : `The task asks: ${event.question.message}`;
    case 'allocation':
    case 'delta':
      return null;
  }
}
