/** `npm run ecs-fields`: writes the list of ECS fields after another version of @elastic/ecs has been installed. */
import { writeFileSync } from 'node:fs';
import { ECS_FIELD_LIST, ecsFieldListSource } from './ecs-field-list.js';

writeFileSync(ECS_FIELD_LIST, ecsFieldListSource());
