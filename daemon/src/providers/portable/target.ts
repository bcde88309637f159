/** Who is to answer a call. */
import type { ProviderKind } from '@task-router/protocol';

export interface CallTarget {
  readonly provider: ProviderKind;
  readonly modelId: string;
}
