"""What scripts and tests of the reference (disentanglement_lib) import, each in its place here."""

import importlib

import pytest

METRICS = {
    "beta_vae": "compute_beta_vae_sklearn",
    "dci": "compute_dci _compute_dci compute_importance_gbt disentanglement completeness",
    "downstream_task": "compute_downstream_task",
    "factor_vae": "compute_factor_vae _prune_dims",
    "fairness": "compute_fairness inter_group_fairness",
    "irs": "compute_irs scalable_disentanglement_score _drop_constant_dims",
    "mig": "compute_mig _compute_mig",
    "modularity_explicitness": "compute_modularity_explicitness modularity explicitness_per_factor",
    "reduced_downstream_task": "compute_reduced_downstream_task",
    "sap_score": "compute_sap _compute_sap compute_score_matrix compute_avg_diff_top_two",
    "strong_downstream_task": "compute_strong_downstream_task",
    "unified_scores": "compute_unified_scores",
    "unsupervised_metrics": "unsupervised_metrics gaussian_total_correlation "
    "gaussian_wasserstein_correlation",
    "utils": "generate_batch_factor_code split_train_test obtain_representation "
    "discrete_mutual_info discrete_entropy normalize_data make_discretizer",
}
NAMES = {f"evaluation.metrics.{module}": names for module, names in METRICS.items()} | {
    "data.ground_truth.ground_truth_data": "GroundTruthData",
    "data.ground_truth.util": "SplitDiscreteStateSpace StateSpaceAtomIndex",
    "data.ground_truth.named_data": "get_named_ground_truth_data",
    "data.ground_truth.dsprites": "DSprites ColorDSprites NoisyDSprites ScreamDSprites "
    "AbstractDSprites",
    "data.ground_truth.dummy_data": "IdentityObservationsData DummyData",
    "methods.unsupervised.train": "train train_with_gin",
    "methods.unsupervised.vae": "BaseVAE BetaVAE AnnealedVAE FactorVAE DIPVAE BetaTCVAE anneal "
    "compute_gaussian_kl compute_covariance_z_mean regularize_diag_off_diag_dip total_correlation",
    "methods.unsupervised.gaussian_encoder_model": "load",
    "methods.shared.architectures": "make_gaussian_encoder make_decoder make_discriminator "
    "conv_encoder deconv_decoder fc_encoder fc_decoder fc_discriminator test_encoder test_decoder",
    "methods.shared.losses": "bernoulli_loss l2_loss make_reconstruction_loss",
    "methods.shared.optimizers": "make_vae_optimizer make_discriminator_optimizer",
    "postprocessing.methods": "mean_representation sampled_representation",
    "postprocessing.postprocess": "postprocess postprocess_with_gin",
    "evaluation.evaluate": "evaluate evaluate_with_gin",
    "evaluation.udr.evaluate": "evaluate evaluate_with_gin",
    "evaluation.udr.metrics.udr": "compute_udr_sklearn",
    "utils.results": "update_result_directory aggregate_json_results namespaced_dict gin_dict "
    "save_gin save_dict",
    "utils.resources": "get_file get_files_in_folder",
    "utils.hyperparams": "fixed discrete sweep product zipit chainit",
    "utils.aggregate_results": "aggregate_results_to_json load_aggregated_json_results",
    "visualize.visualize_util": "save_image save_animation padded_grid padded_stack "
    "grid_save_images cycle_factor cycle_gaussian cycle_interval",
    "visualize.visualize_model": "visualize",
}


@pytest.mark.parametrize("module", NAMES)
def test_names_are_where_the_reference_has_them(module):
    found = importlib.import_module(f"dlib.{module}")
    missing = [name for name in NAMES[module].split() if not callable(getattr(found, name, None))]
    assert not missing
