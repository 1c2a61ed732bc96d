export interface CaptureClient {
  readonly placeholder?: never
}
