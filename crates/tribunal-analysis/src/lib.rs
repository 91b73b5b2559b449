//! Analysis of Tribunal policies: survival of terms under disguise, findings with witnesses, semantic differences.
