/** Task Router's panel as a reader sees it: its sections, the task that it shows, and the buttons. */
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { panelFrame } from '../../host/workbench.ts';

/** An answer of the demo fleet takes seconds; the rest is for a loaded machine. */
const answerPatienceMs = 60_000;

export class Panel {
  readonly frame: FrameLocator;

  private constructor(frame: FrameLocator) {
    this.frame = frame;
  }

  /** Waits until the panel is on the screen and has its page. */
  static async on(page: Page): Promise<Panel> {
    const frame = await panelFrame(page, 'Task Router');
    const panel = new Panel(frame);
    await panel.tab('Task').waitFor();
    return panel;
  }

  get card(): Locator {
    return this.frame.locator('section.decision');
  }

  /** The three moving lines that stand for an answer that has not begun. */
  get waiting(): Locator {
    return this.frame.locator('.answer-waiting');
  }

  /** The rendered answer; absent before its first text. */
  get answer(): Locator {
    return this.frame.locator('section.answer:not(:has(.answer-waiting))');
  }

  get candidates(): Locator {
    return this.frame.getByRole('table', { name: 'Candidates' });
  }

  get timeline(): Locator {
    return this.frame.getByRole('region', { name: 'Failover' });
  }

  get errorCard(): Locator {
    return this.frame.locator('.error-card');
  }

  get banner(): Locator {
    return this.frame.locator('.banner');
  }

  /** How the task stands, and what can be done with it. */
  get bar(): Locator {
    return this.frame.getByRole('group', { name: 'Outcome and actions' });
  }

  get heading(): Locator {
    return this.frame.locator('#task-heading');
  }

  tab(name: 'Task' | 'Health' | 'Failover'): Locator {
    return this.frame.getByRole('tab', { name });
  }

  button(name: string): Locator {
    return this.bar.getByRole('button', { name });
  }

  /** The chosen route's id, such as `demo-fast/demo-mini`. */
  async chosenRoute(): Promise<string> {
    const route = await this.card.locator('.chosen-name').getAttribute('title');
    if (route === null) throw new Error('The card names no route.');
    return route;
  }

  /** Waits until the shown task has ended in this way. */
  async ended(how: 'Answered' | 'Cancelled' | 'Failed'): Promise<void> {
    await this.bar
      .locator('.outcome-line')
      .getByText(how, { exact: true })
      .waitFor({ timeout: answerPatienceMs });
  }
}
