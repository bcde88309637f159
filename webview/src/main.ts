/** Entry point of the panel's page: puts the panel into the page and connects it with the extension. */
import { Panel } from './panel.ts';
import { isPanelUpdate } from './state/panel-state.ts';

const root = document.createElement('div');
root.className = 'panel';
// Outside of what is drawn anew, so that a screen reader keeps watching it.
const liveRegion = document.createElement('div');
liveRegion.className = 'visually-hidden';
liveRegion.setAttribute('aria-live', 'polite');
document.body.append(root, liveRegion);

const panel = new Panel(acquireVsCodeApi(), root, liveRegion);
window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (isPanelUpdate(data)) panel.receive(data);
});
// Messages to a hidden panel are lost, so it asks again when it is seen again.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') panel.becameVisible();
});
panel.start();
