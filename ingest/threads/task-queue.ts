/** The tasks that wait for a decoder thread. */
import { FixedQueue } from 'piscina';

type Task = Parameters<FixedQueue['push']>[0];

/**
 * Chunks wait for all other tasks. Those take milliseconds and belong to commits and plans, which the next batches of a day and
 * the next day wait for; otherwise each would wait for every chunk that is queued before it.
 */
export class TaskQueue {
  private readonly chunks = new FixedQueue();
  private readonly others = new FixedQueue();

  get size(): number {
    return this.others.size + this.chunks.size;
  }

  shift(): Task | null {
    return this.others.shift() ?? this.chunks.shift();
  }

  push(task: Task): void {
    this.queueOf(task).push(task);
  }

  unshift(task: Task): void {
    this.queueOf(task).unshift(task);
  }

  remove(task: Task): void {
    this.queueOf(task).remove(task);
  }

  /** Piscina's tasks have the name of the function that they call, which the type leaves out. */
  private queueOf(task: Task): FixedQueue {
    return (task as { name?: string }).name === 'chunk' ? this.chunks : this.others;
  }
}
