/** Stops the servers of the integration tests and removes their data. */
import { cleanUp } from './global-setup.js';

export default cleanUp;
