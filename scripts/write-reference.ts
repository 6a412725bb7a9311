import { readFileSync, writeFileSync } from 'node:fs';
import { ERRORS_PAGE, SECURITY_PAGE, SETTINGS_PAGE, withCosts, withProblems, withSettings } from './reference/pages.ts';

// npm run docs: writes the tables of docs/reference and SECURITY.md that follow from the code.

writeFileSync(SETTINGS_PAGE, withSettings(readFileSync(SETTINGS_PAGE, 'utf8')));
writeFileSync(ERRORS_PAGE, withProblems(readFileSync(ERRORS_PAGE, 'utf8')));
writeFileSync(SECURITY_PAGE, withCosts(readFileSync(SECURITY_PAGE, 'utf8')));
