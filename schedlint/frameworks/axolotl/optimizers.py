"""Every optimizer that a release of Axolotl or of transformers has a name for.

Sources: axolotl `utils/schemas/enums.py:CustomSupportedOptimizers`, before 0.8 the field
`optimizer` of `AxolotlInputConfig`; transformers `training_args.py:OptimizerNames`.
"""

from __future__ import annotations

_NAMES = """
adafactor adagrad adalomo adamc adamw_8bit adamw_anyprecision adamw_apex_fused adamw_bnb_8bit
adamw_hf adamw_torch adamw_torch_4bit adamw_torch_8bit adamw_torch_fused adamw_torch_npu_fused
adamw_torch_xla ademamix ademamix_8bit adopt_adamw ao_adamw_4bit ao_adamw_8bit ao_adamw_fp8
apollo_adamw apollo_adamw_layerwise came_pytorch dion flash_adam flash_adamw flash_lion
flash_sgd flash_sgdw galore_adafactor galore_adafactor_layerwise galore_adamw galore_adamw_8bit
galore_adamw_8bit_layerwise galore_adamw_layerwise grokadamw lion_32bit lion_8bit lion_pytorch
lomo muon muon_8bit optimi_adamw paged_adamw_32bit paged_adamw_8bit paged_ademamix_32bit
paged_ademamix_8bit paged_lion_32bit paged_lion_8bit polora q_galore_adamw8bit rmsprop
rmsprop_bnb rmsprop_bnb_32bit rmsprop_bnb_8bit schedule_free_adamw schedule_free_radam
schedule_free_sgd sgd sinkgd stable_adamw
"""
OPTIMIZERS = frozenset(_NAMES.split())
