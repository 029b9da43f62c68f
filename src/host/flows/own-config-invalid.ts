import { AppError } from '../../errors.ts'

/** A configuration file of this machine, which a person may be writing at this moment, cannot be read. */
export class OwnConfigInvalid extends AppError {
  constructor(cause: AppError) {
    super(cause.code, cause.message, { hint: cause.hint, cause })
  }
}
