import { MeshError } from '../../core/errors.ts';

/** The format or the model cannot do what the field at `param` asks for; another endpoint may. */
export function unsupported(param: string, message: string): MeshError {
  return new MeshError('model_capability_not_supported', { param, message });
}

/** The caller's own mistake, in the field at `param`. */
export function invalid(param: string, message: string): MeshError {
  return new MeshError('invalid_request_error', { param, message });
}
