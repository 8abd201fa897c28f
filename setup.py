"""Packaging of deft-dlib, imported as ``dlib``."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent
VERSION = {}
exec((HERE / "dlib" / "version.py").read_text(), VERSION)

CONFIG_PACKAGES = [
    "gin_configs",
    *(f"gin_configs.{name}" for name in find_packages(str(HERE / "gin_configs"))),
]
COMMANDS = [
    path.relative_to(HERE).as_posix()
    for path in sorted((HERE / "bin").glob("dlib_*"))
    if path.name not in ("dlib_demo", "dlib_tests")  # these two set up the checkout itself
]

setup(
    name="deft-dlib",
    version=VERSION["__version__"],
    description="The disentanglement benchmark on PyTorch, with DEFT at its heart",
    long_description=(HERE / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=[*find_packages(include=["dlib", "dlib.*"]), *CONFIG_PACKAGES],
    package_data={name: ["*.gin"] for name in CONFIG_PACKAGES}
    | {"dlib": ["**/*.gin", "report/html/assets/*"]},
    scripts=COMMANDS,
    install_requires=[
        "torch>=2.4",
        "numpy>=1.26",
        "scipy>=1.11",
        "scikit-learn>=1.5",
        "numba>=0.60",  # the boosted trees of DCI
        "gin-config>=0.5.0",
        "pandas>=2.1",
        "seaborn>=0.13",
        "matplotlib>=3.8",
        "pillow>=10.1",  # image files, GIFs
        "h5py>=3.10",
        "safetensors>=0.4.3",  # weights without pickles
        "filelock>=3.21.2",  # one run per folder, one cache builder per machine
        "platformdirs>=4.0",  # the user's cache directory on every system
        "pooch>=1.8",  # downloads with checksums
        "requests>=2.31",  # the transfers themselves, which can go on where they broke off
        "urllib3>=2.0",
        "rich>=13.7",  # progress bars and tables in the terminal
        "ruptures>=1.1.9",  # change points of the information curve
        "fsspec>=2024.2",  # where results go: a folder, or object storage
    ],
    extras_require={
        "test": [
            "pytest>=8",
            "pytest-timeout>=2.3",
            "ruff>=0.9",
            "pyarrow>=15",
            "tensorboard>=2.16",
        ],
        "tensorboard": ["tensorboard>=2.16"],
        "parquet": ["pyarrow>=15"],  # dlib_aggregate --output_path=results.parquet
        "ray": ["ray>=2.49"],  # dlib_reproduce --executor=ray
        "slurm": ["submitit>=1.5"],  # dlib_reproduce --executor=slurm
        "s3": ["s3fs>=2025.2"],  # results in object storage
    },
    classifiers=[
        "Development Status :: 4 - Beta",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3.11",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
