/** Which activities a worker is at: what a shutdown waits for, by name. */
import type { Info } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { parseWorkflowId } from '../protocol/ids.js';

/** The activities that a worker runs, kept by an interceptor. */
export class RunningActivities {
  private readonly infos = new Set<Info>();
  private cut = 0;

  /** For the worker's options. */
  readonly interceptor: ActivityInterceptorsFactory = (context) => ({
    inbound: {
      execute: async (input, next) => {
        const { info } = context;
        this.infos.add(info);
        try {
          return await next(input);
        } catch (error) {
          if (context.cancellationDetails?.workerShutdown) this.cut++;
          throw error;
        } finally {
          this.infos.delete(info);
        }
      },
    },
  });

  /** `ingestBatch of 2024-03-05`, a line each. */
  list(): string[] {
    return [...this.infos].map(({ activityType, workflowExecution }) => {
      const id = workflowExecution?.workflowId;
      return id === undefined ? activityType : `${activityType} of ${parseWorkflowId(id)?.day ?? id}`;
    });
  }

  /** So many were cut by the end of the worker. Others do them again. */
  get interrupted(): number {
    return this.cut;
  }
}
