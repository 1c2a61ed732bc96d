import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a process of the suite can be asked, by name. */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>

interface Call {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

interface Reply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
}

/** Answers the calls of the process that started this one. */
export function answerCalls(handlers: Handlers): void {
  process.on('message', ({ id, name, argument }: Call) => {
    Promise.resolve()
      .then(() => handlers[name]!(argument as never))
      .then(
        (value) => process.send!({ id, value }),
        (error: unknown) => process.send!({ id, error: error instanceof Error ? error.message : String(error) }),
      )
  })
  process.on('disconnect', () => process.exit())
}

/** A process of the suite: work that must not be done where time is taken. */
export interface Process extends AsyncDisposable {
  call<Value>(name: string, argument?: unknown): Promise<Value>
}

export function startProcess(role: string, options: readonly string[] = []): Process {
  const entry = fileURLToPath(new URL('./process-main.js', import.meta.url))
  const child: ChildProcess = fork(entry, [role], { execArgv: [...options], serialization: 'advanced' })
  const waiting = new Map<number, (reply: Reply) => void>()
  let calls = 0
  child.on('message', (reply: Reply) => {
    waiting.get(reply.id)?.(reply)
    waiting.delete(reply.id)
  })
  child.on('exit', (code) => {
    for (const [id, settle] of waiting) settle({ id, error: `the process ${role} ended with ${code}` })
    waiting.clear()
  })
  return {
    call: <Value>(name: string, argument?: unknown) =>
      new Promise<Value>((resolve, reject) => {
        const id = ++calls
        waiting.set(id, ({ value, error }) =>
          error === undefined ? resolve(value as Value) : reject(new Error(error)),
        )
        child.send({ id, name, argument } satisfies Call)
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
