/**
 * Stands in for VS Code around the panel: theme colours as the editor sets them, and an `acquireVsCodeApi` that answers
 * `ready` with a recorded scene. `?scene=finished&theme=light` in the address chooses; tests drive it through `harness`.
 */
import type { PanelCommand, PanelUpdate } from '@task-router/protocol';
import { scenes, type PanelScene, type SceneName } from './states.ts';
import themes from './themes.json' with { type: 'json' };

export interface Harness {
  readonly sceneNames: readonly string[];
  readonly themeNames: readonly string[];
  /** What the panel has sent, oldest first. */
  readonly sent: PanelCommand[];
  /** Delivers a message as the extension would. */
  send(update: PanelUpdate): void;
}

declare global {
  interface Window {
    harness: Harness;
    acquireVsCodeApi: typeof acquireVsCodeApi;
  }
}

const query = new URLSearchParams(location.search);

function themeOf(name: string): (typeof themes)[keyof typeof themes] {
  return Object.entries(themes).find(([key]) => key === name)?.[1] ?? themes.dark;
}

function isScene(name: string): name is SceneName {
  return Object.hasOwn(scenes, name);
}

const theme = themeOf(query.get('theme') ?? 'dark');
document.body.className = theme.bodyClass;
document.body.dataset['vscodeThemeName'] = theme.name;
for (const [name, value] of Object.entries(theme.variables))
  document.documentElement.style.setProperty(name, value);

const name = query.get('scene') ?? 'finished';
const scene: PanelScene = isScene(name) ? scenes[name] : { tab: 'task', updates: [] };
const send = (update: PanelUpdate): void => window.postMessage(update);

window.harness = {
  sceneNames: Object.keys(scenes),
  themeNames: Object.keys(themes),
  sent: [],
  send,
};

window.acquireVsCodeApi = () => {
  let state: unknown = { tab: query.get('tab') ?? scene.tab };
  let isAnswered = false;
  return {
    postMessage(command) {
      // As in the editor: what can't be cloned can't be sent.
      window.harness.sent.push(structuredClone(command));
      if (command.type === 'ready' && !isAnswered) {
        isAnswered = true;
        scene.updates.forEach(send);
      }
    },
    getState: () => state,
    setState: (next) => {
      state = structuredClone(next);
    },
  };
};
