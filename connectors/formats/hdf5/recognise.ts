const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')
/** Names that promise HDF5: such an object is one even if it is too broken to begin like one. */
const HDF5_NAME = /\.(?:h5|hdf5|he5|h5ad|nc4)$/i
const NETCDF_NAME = /\.(?:nc|nc4)$/i
/** Names of the attributes by which the netCDF library marks its files; the first of them since 2016, on every file. */
const NETCDF_MARKS = [
  '_NCProperties',
  '_nc3_strict',
  '_Netcdf4Dimid',
  '_Netcdf4Coordinates',
  'netCDF dimension but not',
].map((mark) => Buffer.from(mark, 'latin1'))

/**
 * Whether an object is HDF5, by its signature, which stands at the beginning or, behind a user block, at 512 bytes
 * doubled any number of times (HDF5 File Format Specification 3.0, section II.A), or else by its name.
 */
export function isHdf5(locator: string, head: Uint8Array): boolean {
  if (SIGNATURE.equals(head.subarray(0, 8))) return true
  for (let offset = 512; offset + 8 <= head.length; offset *= 2) {
    if (SIGNATURE.equals(head.subarray(offset, offset + 8))) return true
  }
  return HDF5_NAME.test(locator)
}

/** Whether an object that is HDF5 was written as NetCDF4: by its name, or by what the netCDF library leaves in the head. */
export function isNetcdf(locator: string, head: Uint8Array): boolean {
  if (NETCDF_NAME.test(locator)) return true
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  return NETCDF_MARKS.some((mark) => bytes.includes(mark))
}
