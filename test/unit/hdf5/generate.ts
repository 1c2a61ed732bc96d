import { File, type Group, ready } from 'h5wasm/node'

/**
 * Writes a large file whose metadata is scattered: `groups` groups of `datasets` contiguous datasets each, one after the
 * other, as a long training leaves its checkpoints behind.
 */
export async function writeScattered(
  path: string,
  { groups = 300, datasets = 8, floats = 21_000 } = {},
): Promise<void> {
  await ready
  const file = new File(path, 'w')
  const data = new Float32Array(floats)
  try {
    for (let i = 0; i < groups; i++) {
      const group = file.create_group(`epoch${i}`)
      group.create_attribute('epoch', i)
      for (let j = 0; j < datasets; j++) {
        const dataset = group.create_dataset({ name: `layer${j}`, data, shape: [floats / 100, 100] })
        dataset.create_attribute('norm', j / 2)
      }
    }
  } finally {
    file.close()
  }
}

/** Writes a small file by a function. */
export async function writeFile(path: string, fill: (root: Group) => void): Promise<void> {
  await ready
  const file = new File(path, 'w')
  try {
    fill(file)
  } finally {
    file.close()
  }
}
