import type { TermTable } from './term.ts'

/** `hdf5:`, the groups, datasets and attributes of an HDF5 or NetCDF4 file. */
export const HDF5_TERMS = {
  Group: { kind: 'class', comment: 'A group.' },
  Dataset: { kind: 'class', comment: 'A dataset: an array.' },
  Attribute: { kind: 'class', comment: 'An attribute of a group or dataset.' },
  Dimension: { kind: 'class', comment: 'A dimension of a dataset.' },
  object: {
    kind: 'object property',
    domain: 'pl:DataReference',
    comment: 'A group or dataset of the file: the IRI of the file, `#`, and the percent-encoded path.',
  },
  path: { kind: 'datatype property', range: 'xsd:string', comment: 'Path within the file, from `/`.' },
  rank: {
    kind: 'datatype property',
    domain: 'hdf5:Dataset',
    range: 'xsd:integer',
    comment: 'Number of dimensions.',
  },
  shape: {
    kind: 'datatype property',
    domain: 'hdf5:Dataset',
    range: 'xsd:string',
    comment: 'Sizes of the dimensions as text, such as "[3, 4]".',
  },
  dimension: { kind: 'object property', domain: 'hdf5:Dataset', range: 'hdf5:Dimension', comment: 'A dimension.' },
  index: {
    kind: 'datatype property',
    domain: 'hdf5:Dimension',
    range: 'xsd:integer',
    comment: 'Place of the dimension, from 0.',
  },
  size: {
    kind: 'datatype property',
    domain: 'hdf5:Dimension',
    range: 'xsd:integer',
    comment: 'Number of elements along the dimension.',
  },
  type: {
    kind: 'datatype property',
    domain: 'hdf5:Dataset',
    range: 'xsd:string',
    comment: "Type of the elements, by NumPy's name, such as `<f4`.",
  },
  chunks: {
    kind: 'datatype property',
    domain: 'hdf5:Dataset',
    range: 'xsd:string',
    comment: 'Shape of the chunks as text, where the dataset is chunked.',
  },
  compression: {
    kind: 'datatype property',
    domain: 'hdf5:Dataset',
    range: 'xsd:string',
    comment: 'Compression of the chunks, such as `gzip`.',
  },
  attribute: { kind: 'object property', range: 'hdf5:Attribute', comment: 'An attribute.' },
  name: { kind: 'datatype property', domain: 'hdf5:Attribute', range: 'xsd:string', comment: 'Name of the attribute.' },
  value: { kind: 'datatype property', domain: 'hdf5:Attribute', comment: 'Value of the attribute.' },
} as const satisfies TermTable
