import type { z } from 'zod'
import type { ProductChange } from '../../contract/backlog.ts'
import { assertProduct } from '../flows/assert-product.ts'
import { createPbi, createStory, createTask } from '../flows/author-backlog.ts'
import { createProduct } from '../flows/create-product.ts'
import { findPbis } from '../flows/look-at-backlog.ts'
import { findProducts } from '../flows/look-at-products.ts'
import type { Server } from '../flows/server-context.ts'
import { setProductKit } from '../flows/set-product-kit.ts'
import { updateProduct } from '../flows/update-product.ts'
import { updateTaskStatus } from '../flows/update-task-status.ts'
import type { ProductPatch } from '../store/products/products.ts'
import type { ApiBase } from './base.ts'
import { pbiView, productView, storyView, taskView } from './views/backlog-views.ts'
import { upper } from './views/words.ts'

/** Products and backlog. */
export function authoringProcedures(server: Server, { base, reads, authors, decides }: ApiBase) {
  return {
    products: {
      list: base.products.list
        .use(reads)
        .handler(async ({ input, context }) =>
          (await findProducts(server, context.caller, input.archived)).map(productView),
        ),
      create: base.products.create.use(authors).handler(async ({ input, context }) =>
        productView(
          await createProduct(server, context.caller, {
            name: input.name,
            repoUrl: input.repo_url ?? null,
            definitionOfDone: input.definition_of_done ?? null,
            preferredModel: input.preferred_model ?? null,
            thinkingBudgetDefault: input.thinking_budget_default ?? null,
            preferredPermissionMode: input.preferred_permission_mode ?? null,
          }),
        ),
      ),
      getKit: base.products.getKit.use(reads).handler(async ({ input, context }) => {
        const { id, kit } = await assertProduct(server, context.caller, input.product_id)
        return { product_id: id, kit }
      }),
      setKit: base.products.setKit.use(decides).handler(async ({ input, context }) => {
        await setProductKit(server, context.caller, input.product_id, input.kit)
        return input
      }),
      update: base.products.update.use(decides).handler(async ({ input, context }) => {
        return productView(await updateProduct(server, context.caller, input.product_id, productPatch(input)))
      }),
    },
    backlog: {
      listPbis: base.backlog.listPbis
        .use(reads)
        .handler(async ({ input, context }) => (await findPbis(server, context.caller, input.product_id)).map(pbiView)),
      createPbi: base.backlog.createPbi.use(authors).handler(async ({ input, context }) => {
        const { product_id: productId, title, description = null, priority } = input
        return pbiView(await createPbi(server, context.caller, { productId, title, description, priority }))
      }),
      createStory: base.backlog.createStory.use(authors).handler(async ({ input, context }) => {
        const {
          pbi_id: pbiId,
          title,
          description = null,
          acceptance_criteria: acceptanceCriteria = null,
          priority,
        } = input
        const story = { pbiId, title, description, acceptanceCriteria, priority }
        return storyView(await createStory(server, context.caller, story))
      }),
      createTask: base.backlog.createTask.use(authors).handler(async ({ input, context }) =>
        taskView(
          await createTask(server, context.caller, {
            storyId: input.story_id,
            title: input.title,
            description: input.description ?? null,
            implementationPlan: input.implementation_plan ?? null,
            priority: input.priority,
            repoUrl: input.repo_url ?? null,
            verifyRequired: upper(input.verify_required),
            verifyOnly: input.verify_only,
            requiresOpus: input.requires_opus,
          }),
        ),
      ),
      updateTaskStatus: base.backlog.updateTaskStatus.use(authors).handler(async ({ input, context }) => {
        const change = { taskId: input.task_id, status: upper(input.status) }
        return taskView(await updateTaskStatus(server, context.caller, change))
      }),
    },
  }
}

function productPatch(input: z.output<typeof ProductChange>): ProductPatch {
  const named = {
    name: input.name,
    repoUrl: input.repo_url,
    definitionOfDone: input.definition_of_done,
    preferredModel: input.preferred_model,
    thinkingBudgetDefault: input.thinking_budget_default,
    preferredPermissionMode: input.preferred_permission_mode,
    pushRescues: input.push_rescues,
    isArchived: input.archived,
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}
