/**
 * Which calls belong together. A tool sends its whole conversation with each call and names nothing, so a conversation is
 * known by how it begins; and a call that brings the results of tools goes on with the turn whose question stands before
 * them, on the route that asked for those results.
 */
import { hash } from 'node:crypto';
import type { ModelCall, ModelMessage } from '../../providers/model-call.ts';
import type { DecisionRecord, OutcomeRecord } from '../../store/records.ts';
import type { ReadTask } from '../decide/task-reader.ts';
import { textOf } from './message-text.ts';
import type { OutsideCall } from './outside-call.ts';
import { isReminder } from './reminders.ts';
import { lastAsked } from './task-of-call.ts';

/** A user's turn: its decision, and how far it has come. */
export interface Turn {
  readonly record: DecisionRecord;
  readonly read: ReadTask;
  /** Answered last; later calls of the turn begin with it. */
  readonly routeId: string;
  readonly outcome: OutcomeRecord;
}

/** Of a system text and of a question: as much as tells conversations apart. */
const hashedChars = 4_000;

export interface CallPlace {
  readonly conversationId: string;
  /** What the user said last. */
  readonly prompt: string;
  /** It brings results of tools and nothing else that is new. */
  readonly isToolTurn: boolean;
  /** Of the user's turn; null: a call without tools, to which nothing can come back. */
  readonly turnKey: string | null;
}

/** Linear in a few thousand characters, however long the conversation is. */
export function placeOf({ call, tool }: Pick<OutsideCall, 'call' | 'tool'>): CallPlace {
  const { prompt, tools } = call;
  const conversationId = digestOf(`${tool.keyId}\n${beginningOf(prompt)}`);
  const { at, text } = lastAsked(call);
  const isToolTurn = prompt.findLast(isSaid)?.role === 'tool';
  if (!isToolTurn && (tools ?? []).length === 0) {
    return { conversationId, prompt: text, isToolTurn, turnKey: null };
  }
  const asked = digestOf(hashed(text));
  return { conversationId, prompt: text, isToolTurn, turnKey: `${conversationId} ${at} ${asked}` };
}

/** Neither an instruction nor a reminder: tools put these behind the results of their tools. */
function isSaid(message: ModelMessage): boolean {
  return message.role !== 'system' && !isReminder(message);
}

/** The instructions and the first thing that the user said; VS Code's chat begins all those of a folder with what is in it. */
function beginningOf(prompt: ModelCall['prompt']): string {
  let beginning = '';
  for (const message of prompt) {
    if (message.role === 'system' || message.role === 'user') beginning += `${hashed(textOf(message))}\n`;
    if (message.role === 'user' && !isReminder(message)) break;
  }
  return beginning;
}

/** With its whole length, so that two texts which begin alike stay two. */
function hashed(text: string): string {
  return `${text.length}\n${text.slice(0, hashedChars)}`;
}

function digestOf(text: string): string {
  return hash('sha256', text, 'base64url');
}

/** A tool may work for a while between two calls; a developer who comes back to it has asked something new. */
const keptMs = 60 * 60_000;
const keptTurns = 200;

export class Turns {
  readonly #turns = new Map<string, Turn & { readonly atMs: number }>();

  /** null: not known any more. */
  of({ isToolTurn, turnKey }: CallPlace, nowMs: number): Turn | null {
    const turn = isToolTurn && turnKey !== null ? this.#turns.get(turnKey) : undefined;
    return turn === undefined || nowMs - turn.atMs > keptMs ? null : turn;
  }

  keep({ turnKey }: CallPlace, turn: Turn, nowMs: number): void {
    if (turnKey === null) return;
    this.#turns.delete(turnKey);
    this.#turns.set(turnKey, { ...turn, atMs: nowMs });
    const [oldest] = this.#turns.keys();
    if (this.#turns.size > keptTurns && oldest !== undefined) this.#turns.delete(oldest);
  }
}
