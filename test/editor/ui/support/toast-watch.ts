/** Notes every notification that appears, also one that is gone before a test looks. */
import type { Page } from 'playwright-core';

/** Watches from now on, until the window is reloaded. Returns what has been seen so far. */
export async function watchToasts(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(() => {
    const seen = new Set<string>();
    const look = (): void => {
      for (const item of document.querySelectorAll('.notifications-toasts .notification-list-item')) {
        const icon = item.querySelector('.notification-list-item-icon')?.className ?? '';
        const severity = /codicon-(error|warning|info)/.exec(icon)?.[1] ?? 'unknown';
        const message = item.querySelector('.notification-list-item-message')?.textContent ?? '';
        if (message !== '') seen.add(`${severity}: ${message}`);
      }
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
    look();
    Object.assign(globalThis, { toastsSeen: seen });
  });
  return () => page.evaluate(() => [...(globalThis as unknown as { toastsSeen: Set<string> }).toastsSeen]);
}
