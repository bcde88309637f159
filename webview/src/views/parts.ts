/** Small pieces that several views share: icons, signs, badges, buttons. */
import { html, nothing, type TemplateResult } from 'lit/html.js';
import type { Candidate } from '@task-router/protocol';
import type { Sign } from '../words.ts';

/** A codicon as decoration; what it means stands beside it as text. */
export function icon(name: string, extra = ''): TemplateResult {
  return html`<span class="codicon codicon-${name} ${extra}" aria-hidden="true"></span>`;
}

/** Icon and word; the icon carries the colour, the word the meaning. */
export function sign({ icon: name, tone, text }: Sign): TemplateResult {
  const spins = name === 'loading' || name === 'sync' ? 'codicon-modifier-spin' : '';
  return html`<span class="sign">${icon(name, `tone-${tone} ${spins}`)}<span>${text}</span></span>`;
}

export function badge(text: string, extra = '', title = ''): TemplateResult {
  return html`<span class="badge ${extra}" title=${title === '' ? nothing : title}>${text}</span>`;
}

/** Where a route runs, in words: a local model costs nothing and keeps the code here. */
export function placeBadges({
  isLocal,
  isDemo,
  provider,
}: Pick<Candidate, 'isLocal' | 'isDemo' | 'provider'>): TemplateResult {
  const place = isLocal
    ? badge('local', '', 'Runs on this machine')
    : provider === 'editor'
      ? badge('editor', '', 'Reached through this VS Code window')
      : badge('cloud', '', 'Runs outside this machine');
  return html`${place}${isDemo ? badge('demo', 'badge-demo', 'A scripted demo server, not a real model') : nothing}`;
}

export interface ButtonLook {
  readonly icon?: string;
  readonly look?: 'primary' | 'secondary' | 'quiet';
  readonly title?: string;
}

export function button(
  label: string,
  onClick: (event: Event) => void,
  { icon: name, look = 'secondary', title }: ButtonLook = {},
): TemplateResult {
  return html`<button type="button" class=${look} title=${title ?? nothing} @click=${onClick}>
    ${name === undefined ? nothing : icon(name)}<span class="button-label">${label}</span>
  </button>`;
}

/** A term and its value in a `<dl>`. */
export function fact(term: string, value: unknown): TemplateResult {
  return html`<div class="fact">
    <dt>${term}</dt>
    <dd>${value}</dd>
  </div>`;
}

/** A click on a summary, or Enter or Space there: the state decides what is open, not the element by itself. */
export function toggling(toggle: () => void): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    toggle();
  };
}
