import { z } from 'zod'

/** The mapping files of a store's views: one path or several; none where absent. */
export const viewsOption = z
  .union([
    z
      .string()
      .min(1)
      .transform((path) => [path]),
    z.array(z.string().min(1)),
  ])
  .default([])
