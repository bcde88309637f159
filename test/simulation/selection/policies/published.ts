/** The policies ours is compared with: the specification's score to the letter, and the usual bandits. */
import { utilityOf } from '../world.ts';
import { argmax, Counts, type CreatePolicy } from './policy.ts';

/** Where nothing is published of a model. */
const unknownPrior = 0.5;

/** 0.4 capability + 0.3 performance + 0.2 efficiency + 0.1 historical success, the last over all calls of the model. */
export const literalSpecification: CreatePolicy = () => {
  const counts = new Counts();
  return {
    choose: ({ taskClass }, models) =>
      argmax(
        models.map(({ prior, speed, price }, at) => {
          const { successes, calls } = counts.of(at, 0);
          const history = calls === 0 ? 1 : successes / calls;
          return 0.4 * (prior?.[taskClass] ?? unknownPrior) + 0.3 * speed + 0.2 * (1 - price) + 0.1 * history;
        }),
      ),
    learn: (_task, choice, success) => counts.add(choice, 0, success),
  };
};

/** The best by what is published, and nothing is ever learned: the fairest baseline that stands still. */
export const priorAlone: CreatePolicy = () => ({
  choose: ({ taskClass }, models) =>
    argmax(models.map((model) => utilityOf(model.prior?.[taskClass] ?? unknownPrior, model))),
  learn: () => undefined,
});

/** The best mean so far, each model tried once per class. */
export const greedy: CreatePolicy = () => {
  const counts = new Counts();
  return {
    choose: ({ taskClass }, models) =>
      argmax(
        models.map((model, at) => {
          const { successes, calls } = counts.of(at, taskClass);
          return calls === 0 ? Infinity : utilityOf(successes / calls, model);
        }),
      ),
    learn: ({ taskClass }, choice, success) => counts.add(choice, taskClass, success),
  };
};

/** Auer et al. 2002, per class. */
export const ucb1: CreatePolicy = () => {
  const counts = new Counts();
  return {
    choose: ({ taskClass }, models) => {
      const cells = models.map((_, at) => counts.of(at, taskClass));
      const all = cells.reduce((sum, { calls }) => sum + calls, 0);
      return argmax(
        models.map((model, at) => {
          const { successes, calls } = cells[at]!;
          if (calls === 0) return Infinity;
          return utilityOf(successes / calls + Math.sqrt((2 * Math.log(all)) / calls), model);
        }),
      );
    },
    learn: ({ taskClass }, choice, success) => counts.add(choice, taskClass, success),
  };
};

/** Beta(1, 1) for everything, and a draw decides. */
export const thompsonFlat: CreatePolicy = (random) => {
  const counts = new Counts();
  return {
    choose: ({ taskClass }, models) =>
      argmax(
        models.map((model, at) => {
          const { successes, calls } = counts.of(at, taskClass);
          return utilityOf(random.beta(1 + successes, 1 + calls - successes), model);
        }),
      ),
    learn: ({ taskClass }, choice, success) => counts.add(choice, taskClass, success),
  };
};
