/**
 * Answers the calls of other tools: a model's name becomes a choice, a call becomes a task, and the task goes the way of
 * all tasks. What comes of it is told as the endpoint needs it.
 */
import { toRouterError } from '@task-router/protocol';
import { estimateTokens } from '../../engine/index.ts';
import { Roster } from '../../platform/roster.ts';
import { charsOf } from '../../providers/call-text.ts';
import type { ArrivedCall, ArrivedTask } from '../decide/decide-task.ts';
import { accessOf, routeIdOf } from '../nodes/node.ts';
import type { Node } from '../nodes/node.ts';
import { routeTask } from '../route-task.ts';
import type { RouteTaskDeps, RoutedTask } from '../route-task.ts';
import { failedEnd, unknownModel } from './ends.ts';
import { choiceOf, outsideModels } from './model-names.ts';
import type { ModelChoice } from './model-names.ts';
import { OutsideAnswer } from './outside-answer.ts';
import type { OutsideNews } from './outside-news.ts';
import type { AnswerSink, OutsideCall, OutsideEnd, OutsideModel, OutsideService } from './outside-call.ts';
import { takesAsIs } from './takes-as-is.ts';
import { taskOfCall } from './task-of-call.ts';
import { Turns, placeOf } from './turns.ts';
import type { CallPlace, Turn } from './turns.ts';

/** A name for what has no window: models of an editor window answer that window's own tasks. */
const noWindow = 'endpoint';

const tool = { clientId: noWindow, client: 'tool' } as const;

export interface OutsideDeps extends Omit<RouteTaskDeps, 'emit' | 'isHeard' | 'showDecision'> {
  readonly news: OutsideNews;
  /** A call has ended, however that was. */
  readonly onEnd: () => void;
}

export class OutsideCalls implements OutsideService {
  readonly #deps: OutsideDeps & RouteTaskDeps;
  readonly #turns = new Turns();
  /** The cancels of the calls that run; how many a tool may make at once is the endpoint's to say. */
  readonly #running = new Roster<AbortController>();
  /** Whoever waits until nothing runs. */
  #drained: PromiseWithResolvers<undefined> | null = null;

  constructor(deps: OutsideDeps) {
    const { news } = deps;
    this.#deps = {
      ...deps,
      emit: (event) => news.emit(event),
      isHeard: () => news.isHeard,
      showDecision(record) {
        news.decided(record);
        return null;
      },
    };
  }

  get running(): number {
    return this.#running.size;
  }

  /** One frame from the choice to the end, because every frame that waits is kept as long as the answer takes. */
  async complete(call: OutsideCall, sink: AnswerSink, cancel: AbortController): Promise<OutsideEnd> {
    this.#running.add(cancel);
    try {
      const known = choiceOf(call.model, this.#nodes());
      const choice = known.type === 'unknown' ? await this.#lookedFor(call.model) : known;
      if (choice.type === 'unknown') return unknownModel(call.model, choice.nearest, this.#needsKey(call));
      const answer = new OutsideAnswer(sink, call.streams);
      const place = placeOf(call);
      const turn = this.#turns.of(place, this.#deps.clock.nowMs());
      const task = this.#taskOf({ call, answer, turn }, choice, place, cancel.signal);
      let end: OutsideEnd;
      try {
        const routed = await routeTask(task, this.#deps);
        this.#keep(place, answer, routed);
        end = endOf(answer, routed);
      } catch (thrown) {
        end = cancel.signal.aborted ? { type: 'cancelled' } : failedEnd(toRouterError(thrown), answer, call);
      }
      return { ...end, costUsd: costOf(answer, turn) };
    } finally {
      this.#left(cancel);
    }
  }

  cancelAll(): void {
    for (const cancel of this.#running.all()) cancel.abort();
  }

  /** Resolves when nothing runs any more. */
  drained(): Promise<void> {
    if (this.#running.size === 0) return Promise.resolve();
    this.#drained ??= Promise.withResolvers<undefined>();
    return this.#drained.promise;
  }

  models(): readonly OutsideModel[] {
    return outsideModels(this.#nodes());
  }

  /** A named route's model counts in its own way, as far as that was learned. */
  countTokens({ model, call }: Pick<OutsideCall, 'model' | 'call'>): number {
    const choice = choiceOf(model, this.#nodes());
    const modelId = choice.type === 'route' ? this.#modelIdOf(choice.routeId) : null;
    const factor = modelId === null ? 1 : this.#deps.tokens.factorOf(modelId);
    return Math.max(1, Math.round(estimateTokens(charsOf(call)) * factor));
  }

  #taskOf(
    outside: ArrivedCall,
    choice: Exclude<ModelChoice, { type: 'unknown' }>,
    { conversationId, prompt }: CallPlace,
    signal: AbortSignal,
  ): ArrivedTask {
    const { call, turn } = outside;
    const params = taskOfCall(call, {
      ...{ conversationId, prompt },
      layer: choice.type === 'auto' ? choice.layer : null,
      pin: choice.type === 'route' ? choice.routeId : null,
      exclude: this.#unfit(call),
    });
    const taskId = turn?.record.taskId ?? this.#deps.createId();
    return { taskId, params, client: tool, signal, outside };
  }

  #left(cancel: AbortController): void {
    this.#running.delete(cancel);
    if (this.#running.size === 0) {
      this.#drained?.resolve(undefined);
      this.#drained = null;
    }
    this.#deps.onEnd();
  }

  /** A name that nobody knows may be that of a server which was not looked for yet. */
  async #lookedFor(model: string): Promise<ModelChoice> {
    await this.#deps.fleet.refresh();
    return choiceOf(model, this.#nodes());
  }

  /** Only a turn that called tools is come back to. */
  #keep(place: CallPlace, { head, outcome }: OutsideAnswer, { decided, understood }: RoutedTask): void {
    if (head === null || outcome?.finishReason !== 'toolCalls') return;
    const { record } = decided;
    const { routeId } = head;
    this.#turns.keep(place, { record, read: understood.read, routeId, outcome }, this.#deps.clock.nowMs());
  }

  /** What no translation carries goes only where the bytes of the call can pass as they are. */
  #unfit(call: OutsideCall): string[] {
    if (call.untranslatable.length === 0) return [];
    return this.#nodes().flatMap((node) =>
      node.models.filter((model) => !takesAsIs(call, node, model)).map((model) => routeIdOf(node, model)),
    );
  }

  #nodes(): readonly Node[] {
    return this.#deps.fleet.registry.visibleTo(noWindow);
  }

  #needsKey({ model }: OutsideCall): boolean {
    return this.#nodes().some(
      (node) => model.startsWith(`${node.nodeId}/`) && accessOf(node, false) === 'keyMissing',
    );
  }

  #modelIdOf(routeId: string): string | null {
    for (const node of this.#nodes()) {
      const model = node.models.find((each) => routeIdOf(node, each) === routeId);
      if (model !== undefined) return model.modelId;
    }
    return null;
  }
}

/** The stored outcome is the whole turn's: what earlier calls of it took is theirs. */
function costOf({ outcome }: OutsideAnswer, turn: Turn | null): number | null {
  const totalUsd = outcome?.costUsd ?? null;
  return totalUsd === null ? null : Math.max(0, totalUsd - (turn?.outcome.costUsd ?? 0));
}

function endOf(answer: OutsideAnswer, { result }: RoutedTask): OutsideEnd {
  const { outcome } = result;
  const { lastEnd, head, passed } = answer;
  if (outcome.status !== 'succeeded' || head === null || lastEnd === null) return { type: 'cancelled' };
  answer.complete();
  return {
    type: 'answered',
    head,
    outcome,
    finishReason: lastEnd.finishReason ?? 'stop',
    usage: lastEnd.usage,
    passed,
  };
}
