"""Trains with PPO, and with RLOO as it was before 0.22, and counts the updates."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import trl
from draws import VERSION
from transformers import LlamaForCausalLM, LlamaForSequenceClassification

CONFIGS = {"ppo": trl.PPOConfig, "old_rloo": trl.RLOOConfig} if VERSION < (0, 22) else {}
"""The trainers that do not train in the loop of transformers."""


def run(kind: str, args: Any, samples: Any, tokenizer: Any) -> dict[str, Any]:
    """Train; the completions of an update are all that were trained on by the updates."""
    policy, reference = (LlamaForCausalLM.from_pretrained("tiny") for _ in range(2))
    reward, value = (
        LlamaForSequenceClassification.from_pretrained("tiny-reward") for _ in range(2)
    )
    more: dict[str, Any] = {"processing_class": tokenizer, "train_dataset": samples}
    more |= {"reward_model": reward, "eval_dataset": samples}
    if kind == "ppo":
        more |= {"args": args, "model": policy, "ref_model": reference, "value_model": value}
        trainer = trl.PPOTrainer(**more)
    else:
        more |= {"config": args, "policy": policy, "ref_policy": reference}
        trainer = trl.RLOOTrainer(**more)
    trainer._save_checkpoint = lambda *_, **__: None
    updates = counted(trainer.optimizer.optimizer)
    trainer.train()
    trained_on = args.num_total_batches * args.num_ppo_epochs * args.local_batch_size
    size = Fraction(trained_on, len(updates))
    return {"global_batch_size": int(size) if size.denominator == 1 else float(size)}


def counted(optimizer: Any) -> list[int]:
    """A list that grows by one with each step of the optimizer."""
    steps: list[int] = []
    step = optimizer.step

    def count(*args: Any, **kwargs: Any) -> Any:
        steps.append(len(steps))
        return step(*args, **kwargs)

    optimizer.step = count
    return steps
