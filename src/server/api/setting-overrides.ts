import type { SettingOverrides as WireOverrides } from '../../contract/work.ts'
import type { SettingOverrides } from '../../domain/agent-settings.ts'

/** A host's overrides as the rules take them; what it does not say stays as it is. */
export function settingOverrides(wire: WireOverrides | undefined): SettingOverrides {
  const { model_class, thinking_budget, permission_mode, max_turns, allowed_tools, max_run_minutes } = wire?.kind ?? {}
  return {
    models: wire?.models,
    kind: {
      ...(model_class !== undefined && { modelClass: model_class }),
      ...(thinking_budget !== undefined && { thinkingBudget: thinking_budget }),
      ...(permission_mode !== undefined && { permissionMode: permission_mode }),
      ...(max_turns !== undefined && { maxTurns: max_turns }),
      ...(allowed_tools !== undefined && { allowedTools: allowed_tools }),
      ...(max_run_minutes !== undefined && { maxRunMinutes: max_run_minutes }),
    },
  }
}
