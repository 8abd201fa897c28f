"""Configurations that several tests train: small data, small networks, few updates."""

# Two stages of DEFT on ten factors of noise; the length of the stages is the test's.
TINY_DEFT = """
include "method/deft.gin"
include "train/paper.gin"
dataset.name = "dummy_data"
encoder.num_latent = 4
deft.betas = [8.0, 2.0]
deft.group_size = 2
model.batch_size = 4
train.progress = False
"""

# What the reference's own test configurations have in common, in our words.
REFERENCE_TEST = """
dataset.name = "dummy_data"
model.batch_size = 2
model.training_steps = 2
encoder.num_latent = 10
encoder.encoder_fn = @test_encoder
decoder.decoder_fn = @test_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.beta1 = 0.9
AdamOptimizer.beta2 = 0.999
AdamOptimizer.epsilon = 0.001
AdamOptimizer.name = 'Adam'
AdamOptimizer.use_locking = False
"""

# A model of two factors of 22 values that has learnt nothing.
UNTRAINED = """
encoder.encoder_fn = @lite_encoder
encoder.num_latent = 3
decoder.decoder_fn = @standard_decoder
reconstruction_loss.loss_fn = @bernoulli_loss
vae_optimizer.optimizer_fn = @AdamOptimizer
AdamOptimizer.learning_rate = 0.001
model.model = @vae()
vae.beta = 1.0
model.training_steps = 1
model.eval_steps = 1
model.batch_size = 2
model.random_seed = 0
dataset.name = "translation"
"""

# An annealing test of a moment, in which strong factors freeze.
SHORT_FALL = """
annealing_schedule.start = 60.0
annealing_schedule.steps = 60
annealing_schedule.hold = 60
annealing_schedule.settle = 20
freezing_point.window = 3
AdamOptimizer.learning_rate = 0.004
lite_encoder.start = "he_uniform"
standard_decoder.start = "he_uniform"
"""
