/** Tracks the running activities of a worker, which a shutdown waits for. */
import type { Info } from '@temporalio/activity';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { parseWorkflowId } from '../protocol/ids.js';

/** The running activities of a worker, tracked by an interceptor. */
export class RunningActivities {
  private readonly infos = new Set<Info>();
  /** Number of activities that the shutdown of the worker cancelled. Other workers retry them. */
  interrupted = 0;

  /** For the worker's options. */
  readonly interceptor: ActivityInterceptorsFactory = (context) => ({
    inbound: {
      execute: async (input, next) => {
        const { info } = context;
        this.infos.add(info);
        try {
          return await next(input);
        } catch (error) {
          if (context.cancellationDetails?.workerShutdown) this.interrupted++;
          throw error;
        } finally {
          this.infos.delete(info);
        }
      },
    },
  });

  /** Descriptions of the running activities, such as `ingestBatch of 2024-03-05`. */
  list(): string[] {
    return [...this.infos].map(({ activityType, workflowExecution }) => {
      const id = workflowExecution?.workflowId;
      return id === undefined ? activityType : `${activityType} of ${parseWorkflowId(id)?.day ?? id}`;
    });
  }
}
